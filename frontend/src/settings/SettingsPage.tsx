import type { ReactElement } from 'react';
import { Page } from '../app/Page.js';
import { THEME_CHOICES, setTheme, useTheme } from '../app/theme.js';
import type { ThemeChoice } from '../app/theme.js';
import { Field, Panel, Select } from '../ui/index.js';
import { ApiKeys } from './ApiKeys.js';
import { PasswordForm } from './PasswordForm.js';
import { RetentionPanel } from './RetentionPanel.js';

const THEME_WORDS: Record<ThemeChoice, string> = { system: 'Like the system', light: 'Light', dark: 'Dark' };

export function SettingsPage(): ReactElement {
  const theme = useTheme();
  return (
    <Page title="Settings">
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 p-4 md:p-6">
        <Panel title="Password">
          <PasswordForm />
        </Panel>
        <ApiKeys />
        <RetentionPanel />
        <Panel title="Appearance">
          <div className="max-w-60">
            <Field label="Theme">
              <Select
                value={theme}
                onChange={setTheme}
                options={THEME_CHOICES.map((value) => ({ value, label: THEME_WORDS[value] }))}
              />
            </Field>
          </div>
        </Panel>
      </div>
    </Page>
  );
}
