export { type Authority, type Credentials, createAuthority } from './authority.ts';
export { type StsAnswer, type StsServer, startStsServer } from './sts-server.ts';
