import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const shared = fileURLToPath(new URL('../shared/src/', import.meta.url));

// The rooms of shared that a browser may know; the server and testing rooms stay out by construction.
const rooms = readdirSync(shared).filter((room) => room !== 'server' && room !== 'testing');

const backend = process.env['SAGAWRIGHT_BACKEND'] ?? 'http://127.0.0.1:3000';
const proxy = { target: backend, changeOrigin: false };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: rooms.map((room) => ({ find: `@sagawright/shared/${room}`, replacement: `${shared}${room}/index.ts` })),
  },
  build: {
    // Everything is a file of our own origin: the content security policy allows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    chunkSizeWarningLimit: 900,
  },
  server: {
    port: Number(process.env['SAGAWRIGHT_WEB_PORT'] ?? 5173),
    host: '127.0.0.1',
    proxy: { '/api': proxy, '/hooks': proxy, '/health': proxy },
  },
});
