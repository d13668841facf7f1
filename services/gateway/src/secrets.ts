import { secretsOf } from '@posthorn/mail';
import type { Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';

/**
 * Seals stored private keys and passwords under the newest secret while there are several, so that the older one can leave:
 * what nobody sealed anew could never be opened again. Never rejects; a failure is logged, and the next start tries again.
 */
export async function renewStoredSeals(
  { dkimKeys, ips, whenReady }: Pick<Store, 'dkimKeys' | 'ips' | 'whenReady'>,
  { secret, log }: { secret: string; log: Logger },
): Promise<void> {
  if (secretsOf(secret).length === 1) return;
  try {
    await whenReady();
    log.info(
      { dkimKeys: await dkimKeys.renewSeals(), ips: await ips.renewSeals() },
      'stored secrets sealed anew',
    );
  } catch (err) {
    log.error({ err }, 'stored secrets could not be sealed anew');
  }
}
