import { config } from 'zod';

// zod would probe for `new Function`, which the content security policy reports; schemas are built after this line only.
config({ jitless: true });
void import('./boot.js');
