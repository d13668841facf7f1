export { checksOf, settleIp } from './apply-ip-findings.ts';
export { type CheckIp, type CheckIpDeps, createCheckIp } from './check-ip.ts';
export { type AddressKind, addressKindOf, normalizeAddress } from './ip-address.ts';
export { type IpCheckName, ipCheckNames } from './ip-judgement.ts';
export { ipEnv } from './ip-settings.ts';
export type { SpfHosts } from './judge-spf.ts';
export { createListSpfHosts, type ListSpfHosts } from './spf-hosts.ts';
