/** Before any schema is built in a worker: zod would probe for `new Function`, which the content security policy reports. */
import { config } from 'zod';

config({ jitless: true });
