import { describe, expect, it } from '@jest/globals';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { openRoom } from '../events/fixtures.js';
import { Field, Input } from '../ui/index.js';
import { FormDialog } from './FormDialog.js';

function Wish({ danger = false, sent }: { readonly danger?: boolean; readonly sent: string[] }): ReactElement {
  const [note, setNote] = useState('');
  return (
    <FormDialog
      title="A wish"
      submit="Wish"
      danger={danger}
      busy={false}
      error={null}
      faulty={note === ''}
      onSubmit={() => {
        sent.push(note);
      }}
      onClose={() => undefined}
    >
      {(tried) => (
        <>
          <Field label="Name">
            <Input />
          </Field>
          <Field label="Note" error={tried && note === '' ? 'Say why.' : null}>
            <Input
              value={note}
              onChange={(event) => {
                setNote(event.target.value);
              }}
            />
          </Field>
        </>
      )}
    </FormDialog>
  );
}

/** What a browser makes of it, which looks for the form's button in the whole page. */
const pressEnter = (field: HTMLElement) => {
  fireEvent.submit((field as HTMLInputElement).form ?? field);
};
const noteField = () => screen.findByRole('textbox', { name: /^Note/ });

describe('a form in a dialog', () => {
  it('brings the field into view that keeps it from being sent', async () => {
    const sent: string[] = [];
    openRoom(<Wish sent={sent} />, {});
    const note = await noteField();
    expect(screen.queryByText('Say why.')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Wish' }));
    await waitFor(() => {
      expect(document.activeElement).toBe(note);
    });
    expect(screen.getByText('Say why.')).toBeTruthy();
    expect(sent).toEqual([]);
  });

  it('is sent by Enter in a field', async () => {
    const sent: string[] = [];
    openRoom(<Wish sent={sent} />, {});
    const note = await noteField();
    await userEvent.type(note, 'because');
    pressEnter(note);
    expect(sent).toEqual(['because']);
  });

  it('is sent by its button only when that cannot be taken back', async () => {
    const sent: string[] = [];
    openRoom(<Wish danger sent={sent} />, {});
    const note = await noteField();
    await userEvent.type(note, 'because');
    pressEnter(note);
    expect(sent).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Wish' }));
    expect(sent).toEqual(['because']);
  });
});
