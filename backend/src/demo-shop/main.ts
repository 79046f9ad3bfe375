/** Program: the demo shop, a stranger to the product on this machine. Settings: DEMO_SHOP_PORT, DEMO_SHOP_DATA. */
import { createLogger, readDemoShopEnvironment } from '@sagawright/shared/server';
import { demoShopServer } from './server.js';

const logger = createLogger({ name: 'demo-shop', level: 'info' });
try {
  const environment = readDemoShopEnvironment();
  const app = demoShopServer(environment.ledgerFile);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void app.close().then(() => logger.info('the demo shop is closed'));
    });
  }
  const address = await app.listen({ host: '127.0.0.1', port: environment.port });
  logger.info({ address }, 'the demo shop is open');
} catch (error) {
  logger.fatal({ error: error instanceof Error ? error.message : String(error) }, 'the demo shop could not open');
  process.exitCode = 1;
}
