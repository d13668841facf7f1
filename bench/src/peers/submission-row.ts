import { postfix } from './postfix.ts';
import { posthornSubmission } from './posthorn.ts';
import { type PeersResult, runPeers } from './run-peers.ts';

/** Messages a second that the SMTP intake takes while what it took is delivered, beside Postfix in the same run. */
export function measureSubmission(messages: number): Promise<PeersResult> {
  return runPeers({ contenders: [posthornSubmission, postfix], messages, rounds: 1, show: () => {} });
}
