import type { EmailVersion } from '@posthorn/contracts';

/** What an author wrote, as the compiler takes it. */
export type EmailSource = Readonly<{
  subject: string;
  previewText: string;
  fromName: string;
  html: string;
  plainText?: string;
}>;

/** One thing that a template cannot be published with; `field` is one of the source's, line and column from 1. */
export type TemplateProblem = Readonly<{ field: string; line: number; column: number; message: string }>;

/** The parts of a version that come from the source, or why there are none. */
export type CompiledEmail =
  | (Readonly<{ kind: 'compiled' }> &
      Readonly<
        Pick<
          EmailVersion,
          'subject' | 'previewText' | 'fromName' | 'html' | 'text' | 'links' | 'contactProperties'
        >
      >)
  | Readonly<{ kind: 'refused'; problems: readonly TemplateProblem[] }>;

/** `compileEmail` of `@posthorn/mail/template`, as far as publishing needs it. */
export type CompileEmail = (source: EmailSource) => CompiledEmail;
