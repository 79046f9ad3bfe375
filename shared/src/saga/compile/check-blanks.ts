/** Checks that nothing is blank where a step cannot do without: it would fail every run, and late. */
import type { Report } from './diagnostic.js';
import type { FlowNode } from './flow.js';

interface Blank {
  readonly field: string;
  readonly what: string;
  readonly text: string | undefined;
}

export function checkBlanks(node: FlowNode, report: Report): void {
  for (const { field, what, text } of needed(node)) {
    if (text === undefined || text.trim() !== '') continue;
    report('error', 'input.missing', `${node.name} needs ${what}; fill it in.`, { node: node.id, field });
  }
}

function needed(node: FlowNode): Blank[] {
  switch (node.kind) {
    case 'for-each':
      return [{ field: 'items', what: 'the list it goes through', text: node.items }];
    case 'repeat':
      return [{ field: 'until', what: 'the condition that ends it', text: node.until }];
    case 'delay':
      return node.delay.kind === 'until'
        ? [{ field: 'delay.instant', what: 'the instant it waits for', text: node.delay.instant }]
        : [];
    case 'emit':
      return [{ field: 'event.type', what: 'the type of its event', text: node.event.type }];
    case 'wait':
      return [correlation('event', node.event.correlation?.value)];
    case 'race':
      return node.arms.flatMap((arm, index) =>
        arm.kind === 'event' ? [correlation(`arms.${index}.event`, arm.event.correlation?.value)] : [],
      );
    case 'branch':
    case 'inclusive':
      return node.cases.map((each, index) => ({
        field: `cases.${index}.when`,
        what: `the condition of case "${each.label || String(index + 1)}"`,
        text: each.when,
      }));
    default:
      return [];
  }
}

const correlation = (field: string, text: string | undefined): Blank => ({
  field: `${field}.correlation.value`,
  what: 'the value that the event has to have, or it would never know its event',
  text,
});
