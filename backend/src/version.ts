/** Version of the interface document; changes when the interface does. */
export const VERSION = '0.1.0';
