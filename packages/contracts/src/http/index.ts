export * from './account.ts';
export * from './attachment-input.ts';
export * from './email-list-query.ts';
export * from './emails.ts';
export * from './error-body.ts';
export * from './sends.ts';
export * from './single-send.ts';
export * from './stored-json.ts';
