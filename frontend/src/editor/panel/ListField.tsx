/** Several of a kind: cases, waits, outcomes, people. Order counts, so items can be moved; the document's bounds hold. */
import type { FieldPath } from '@sagawright/shared/graph';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button, IconButton, Menu } from '../../ui/index.js';
import { newId } from '../editor-store.js';
import type { FieldShape } from './field-shape.js';
import { startOf } from './field-start.js';
import { FixButton } from './FixButton.js';
import { usePanelForm, useWords } from './step-form.js';

export function ListField({
  field,
  path,
  renderItem,
}: {
  readonly field: FieldShape;
  readonly path: FieldPath;
  readonly renderItem: (item: FieldShape, path: FieldPath) => ReactElement;
}): ReactElement | null {
  const form = usePanelForm();
  const words = useWords(path);
  if (field.shape.kind !== 'list') return null;
  const { item, min, max } = field.shape;
  const value = form.get(path);
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const thing = words.item ?? 'item';
  const change = (next: readonly unknown[]) => {
    form.seal();
    form.set(path, next);
    form.seal();
  };
  const add = (tag: string | null) => {
    change([...items, startOf(item, tag, newId)]);
  };
  const swap = (from: number, to: number) => {
    const next = [...items];
    [next[from], next[to]] = [next[to], next[from]];
    change(next);
  };
  const tags = item.shape.kind === 'union' ? Object.keys(item.shape.options) : [];
  const problem = form.problems.find((each) => each.field === path.join('.'));
  const addButton = (
    <Button disabled={items.length >= max} onClick={tags.length > 0 ? undefined : () => add(null)}>
      <Plus size={14} aria-hidden="true" /> {`Add ${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`}
    </Button>
  );
  return (
    <section aria-label={words.label} className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-12 font-medium">{words.label}</h3>
        <FixButton problem={problem} />
      </div>
      {words.help !== undefined && <p className="text-12 text-muted">{words.help}</p>}
      {problem && (
        <p role="alert" className="text-12 text-failed-text">
          {problem.message}
        </p>
      )}
      {items.map((each, index) => (
        <div
          key={keyOf(each, index)}
          role="group"
          aria-label={`${capital(thing)} ${index + 1}`}
          className="flex flex-col gap-2 rounded-card border border-border p-3"
        >
          <div className="flex items-center gap-1">
            <span className="flex-1 text-12 font-semibold">
              {capital(thing)} {index + 1}
            </span>
            <IconButton label="Move up" disabled={index === 0} onClick={() => swap(index, index - 1)}>
              <ArrowUp size={14} aria-hidden="true" />
            </IconButton>
            <IconButton label="Move down" disabled={index === items.length - 1} onClick={() => swap(index, index + 1)}>
              <ArrowDown size={14} aria-hidden="true" />
            </IconButton>
            <IconButton
              label={`Remove the ${thing}`}
              disabled={items.length <= min}
              onClick={() => change(items.filter((_, at) => at !== index))}
            >
              <Trash2 size={14} aria-hidden="true" />
            </IconButton>
          </div>
          {renderItem(item, [...path, index])}
        </div>
      ))}
      {tags.length === 0 ? (
        addButton
      ) : (
        <Menu
          align="start"
          trigger={addButton}
          entries={tags.map((tag) => ({
            id: tag,
            label: words.choices?.[tag]?.label ?? tag,
            onSelect: () => {
              add(tag);
            },
          }))}
        />
      )}
    </section>
  );
}

/** Items with an id keep their fields when they are moved. */
function keyOf(item: unknown, index: number): string {
  return typeof item === 'object' && item !== null && 'id' in item ? String(item.id) : String(index);
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
