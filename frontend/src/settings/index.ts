export { DemoShopPage } from './DemoShopPage.js';
export { SettingsPage } from './SettingsPage.js';
