export { type BoundAddresses, type BoundRedis, createBoundAddresses } from './bound-addresses.ts';
