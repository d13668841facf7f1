export {
  type CompiledEmail,
  type CompileResult,
  compileEmail,
  type DraftField,
  type EmailDraft,
  type TemplateProblem,
} from './compile-email.ts';
export {
  createRenderer,
  type RenderedEmail,
  type RenderResult,
  type VersionRenderer,
} from './render/create-renderer.ts';
export type { RenderScope } from './render/run.ts';
export { joinTracked, type RenderedLink, type SlottedText, type Tracking } from './render/slotted-text.ts';
