/** The connectors that come with the product, as data. */
import { connectorManifestSchema } from './manifest.js';
import type { ConnectorManifest } from './manifest.js';
import { events } from './publish.js';
import type { z } from 'zod';

type Source = z.input<typeof connectorManifestSchema>;

const http: Source = {
  id: 'http',
  name: 'HTTP',
  description: 'Calls any web service.',
  icon: 'globe',
  operations: {
    get: {
      title: 'Read a URL',
      description: 'Sends a GET request and reads the answer. Changes nothing.',
      synonyms: ['fetch', 'download', 'rest', 'api'],
      effect: 'read',
      request: { method: 'GET', url: '{{ input.url }}' },
      input: {
        type: 'object',
        properties: {
          url: { type: 'string', title: 'URL', format: 'uri', examples: ['https://api.example.com/orders/42'] },
          headers: { type: 'object', title: 'Headers' },
          query: { type: 'object', title: 'Query parameters' },
        },
        required: ['url'],
      },
      outputSample: { status: 200, headers: { 'content-type': 'application/json' }, body: { id: 42 } },
      outputVaries: ['headers', 'body'],
    },
    request: {
      title: 'Send a request',
      description:
        'Sends a request that may change something. The service must honour the Idempotency-Key header; otherwise choose "at most once".',
      synonyms: ['post', 'put', 'patch', 'delete', 'rest', 'api', 'webhook'],
      effect: 'keyed',
      request: {
        method: '{{ input.method }}',
        url: '{{ input.url }}',
        body: '{{ input.body }}',
        idempotencyHeader: 'Idempotency-Key',
      },
      input: {
        type: 'object',
        properties: {
          method: { type: 'string', title: 'Method', enum: ['POST', 'PUT', 'PATCH', 'DELETE'], default: 'POST' },
          url: { type: 'string', title: 'URL', format: 'uri', examples: ['https://api.example.com/orders'] },
          headers: { type: 'object', title: 'Headers' },
          query: { type: 'object', title: 'Query parameters' },
          body: { type: 'any', title: 'Body', format: 'json' },
        },
        required: ['method', 'url'],
      },
      outputSample: { status: 201, headers: { 'content-type': 'application/json' }, body: { id: 42 } },
      outputVaries: ['headers', 'body'],
    },
  },
};

type Properties = Source['operations'][string]['input']['properties'];

const orderId: Properties[string] = { type: 'string', title: 'Order', examples: ['{{ trigger.data.orderId }}'] };
/** An undo may know no id: the answer that held it was lost. The order is enough then. */
const OPTIONAL = new Set(['release', 'refund', 'cancel-shipment']);

function demoOperation(
  path: string,
  title: string,
  description: string,
  properties: Properties,
  sample: Readonly<Record<string, string>>,
  undo?: Source['operations'][string]['undo'],
): Source['operations'][string] {
  return {
    title,
    description,
    synonyms: ['demo', 'shop', 'order'],
    effect: 'keyed',
    request: {
      method: 'POST',
      url: `{{ connector.baseUrl }}/${path}`,
      body: '{{ input }}',
      idempotencyHeader: 'Idempotency-Key',
    },
    input: { type: 'object', properties, required: OPTIONAL.has(path) ? ['orderId'] : Object.keys(properties) },
    outputSample: { status: 200, headers: { 'content-type': 'application/json' }, body: sample },
    outputVaries: ['headers'],
    ...(undo ? { undo } : {}),
  };
}

const demoShop: Source = {
  id: 'demo-shop',
  name: 'Demo shop',
  description: 'A small shop on this machine to try workflows on: stock, cards and parcels, with everything undoable.',
  icon: 'store',
  baseUrl: { setting: 'DEMO_SHOP_URL' },
  operations: {
    reserve: demoOperation(
      'reserve',
      'Reserve stock',
      'Takes units of an article out of the free stock.',
      {
        orderId,
        sku: { type: 'string', title: 'Article', examples: ['SKU-1'] },
        quantity: { type: 'integer', title: 'Quantity', default: 1 },
      },
      { reservationId: 'res_1' },
      {
        operation: 'release',
        name: 'Release stock',
        input: { orderId: '{{ step.input.orderId }}', reservationId: '{{ step.output.body.reservationId }}' },
      },
    ),
    release: demoOperation(
      'release',
      'Release stock',
      'Gives reserved units back. Accepts that there was nothing reserved.',
      { orderId, reservationId: { type: 'string', title: 'Reservation' } },
      { result: 'released' },
    ),
    charge: demoOperation(
      'charge',
      'Charge card',
      'Takes money from the customer.',
      { orderId, amountCents: { type: 'integer', title: 'Amount in cents', examples: [4200] } },
      { chargeId: 'ch_1' },
      {
        operation: 'refund',
        name: 'Refund',
        input: { orderId: '{{ step.input.orderId }}', chargeId: '{{ step.output.body.chargeId }}' },
      },
    ),
    refund: demoOperation(
      'refund',
      'Refund',
      'Gives the money of a charge back. Accepts that nothing was charged.',
      { orderId, chargeId: { type: 'string', title: 'Charge' } },
      { result: 'refunded' },
    ),
    ship: demoOperation(
      'ship',
      'Ship parcel',
      'Hands a parcel over to the carrier.',
      { orderId, reservationId: { type: 'string', title: 'Reservation' } },
      { shipmentId: 'shp_1' },
      {
        operation: 'cancel-shipment',
        name: 'Cancel shipment',
        input: { orderId: '{{ step.input.orderId }}', shipmentId: '{{ step.output.body.shipmentId }}' },
      },
    ),
    'cancel-shipment': demoOperation(
      'cancel-shipment',
      'Cancel shipment',
      'Calls a parcel back. Accepts that nothing was shipped.',
      { orderId, shipmentId: { type: 'string', title: 'Shipment' } },
      { result: 'cancelled' },
    ),
  },
};

/** By id. */
export const connectors: Readonly<Record<string, ConnectorManifest>> = Object.fromEntries(
  [http, events, demoShop].map((source) => [source.id, connectorManifestSchema.parse(source)]),
);
