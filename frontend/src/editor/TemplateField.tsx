/**
 * A field for fixed text with `{{ expressions }}`: highlighted, with autocomplete of what the step can read, a picker of
 * it, and what the text comes to with the data at hand (E58, E59, E60).
 */
import { autocompletion, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { EditorState, RangeSetBuilder } from '@codemirror/state';
import { Decoration, EditorView, keymap, placeholder as hint, ViewPlugin } from '@codemirror/view';
import type { DecorationSet, ViewUpdate } from '@codemirror/view';
import { parseTemplateText } from '@sagawright/shared/expression';
import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { useFieldControl } from '../ui/index.js';
import { DataPicker } from './DataPicker.js';
import type { FieldData } from './field-data.js';
import { insertion } from './insert-reference.js';
import { Preview } from './Preview.js';
import type { DataReference } from './references.js';

export interface TemplateFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onLeave?: () => void;
  /** Left out where expressions are not read. */
  readonly data?: FieldData | undefined;
  readonly placeholder?: string;
  /** `line` refuses line breaks, `json` highlights JSON. */
  readonly mode?: 'line' | 'text' | 'json';
  readonly label: string;
}

export function TemplateField({
  value,
  onChange,
  onLeave,
  data,
  placeholder = '',
  mode = 'line',
  label,
}: TemplateFieldProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [picking, setPicking] = useState(false);
  const latest = useRef({ onChange, onLeave, data });
  const { id, ...described } = useFieldControl();
  const highlighted = data !== undefined;
  useEffect(() => {
    latest.current = { onChange, onLeave, data };
  });

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          history(),
          keymap.of([
            { key: 'Ctrl-Space', run: startCompletion },
            {
              key: 'Ctrl-Shift-Space',
              run: () => {
                setPicking(latest.current.data !== undefined);
                return true;
              },
            },
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          autocompletion({
            override: [(context) => complete(context, latest.current.data?.references ?? [])],
            icons: false,
          }),
          highlighted ? chips : [],
          mode === 'json' ? json() : [],
          mode === 'line'
            ? EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change))
            : EditorView.lineWrapping,
          hint(placeholder),
          EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label, ...(id ? { id } : {}) }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((each) => each.isUserEvent('outside'))) {
              latest.current.onChange(update.state.doc.toString());
            }
          }),
          EditorView.domEventHandlers({
            blur: () => {
              latest.current.onLeave?.();
            },
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
    // The editor owns its text; later values come in by the effect below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [mode, label, placeholder, id, highlighted]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, userEvent: 'outside' });
  }, [value]);

  const pick = (path: string) => {
    const editor = view.current;
    if (!editor) return;
    const change = insertion(editor.state.doc.toString(), editor.state.selection.main, path, mode === 'json');
    editor.dispatch({ changes: change, selection: { anchor: change.from + change.insert.length } });
  };
  return (
    <>
      <div className="template-box">
        <div ref={host} className="template-field" data-mode={mode} data-invalid={described['aria-invalid']} />
        {data && (
          <DataPicker
            label={label}
            data={data}
            open={picking}
            onOpenChange={setPicking}
            onPick={pick}
            field={() => view.current?.contentDOM ?? null}
          />
        )}
      </div>
      {data && <Preview text={value} json={mode === 'json'} scope={data.scope} />}
    </>
  );
}

const chip = Decoration.mark({ class: 'template-chip' });
const openChip = Decoration.mark({ class: 'template-chip template-chip-open' });

/** Expressions stand out from the text around them. */
const chips = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = chipsOf(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = chipsOf(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function chipsOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const part of parseTemplateText(view.state.doc.toString())) {
    if (part.kind === 'expression') builder.add(part.start, part.end, part.closed ? chip : openChip);
  }
  return builder.finish();
}

/** Inside braces: names. Outside, on request: the same names with braces around them. */
function complete(context: CompletionContext, references: readonly DataReference[]): CompletionResult | null {
  const before = context.state.sliceDoc(0, context.pos);
  const inside = before.lastIndexOf('{{') > before.lastIndexOf('}}');
  const word = context.matchBefore(/[\w.`]*$/);
  if (!inside && !context.explicit) return null;
  const after = context.state.sliceDoc(context.pos);
  const close = inside && !/^[^{]*\}\}/.test(after) ? ' }}' : '';
  return {
    from: word?.from ?? context.pos,
    validFor: /^[\w.`]*$/,
    options: references.map(({ path, sample }) => ({
      label: path,
      detail: sample,
      apply: inside
        ? `${context.state.sliceDoc((word?.from ?? context.pos) - 1, word?.from ?? context.pos) === '{' ? ' ' : ''}${path}${close}`
        : `{{ ${path} }}`,
    })),
  };
}
