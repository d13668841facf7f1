import type { AccountId, EmailId, StatusId } from '@posthorn/contracts';
import { createTrackingTokens, type Keyring } from '@posthorn/mail';
import type { Tracking } from '@posthorn/mail/template';

/** Leaves every link as it is and adds no pixel. */
export const untracked: Tracking = { pixelUrl: null, linkUrl: (_, target) => target };

/** The links and the pixel of one send, below `baseUrl`; a target that cannot be tracked stays. */
export function trackingOf(
  keyring: Keyring,
  send: Readonly<{ statusId: StatusId; accountId: AccountId; emailId: EmailId }>,
  {
    baseUrl,
    tracksOpens,
    tracksClicks,
  }: Readonly<{ baseUrl: string; tracksOpens: boolean; tracksClicks: boolean }>,
): Tracking {
  const { statusId, accountId, emailId } = send;
  const tokens = createTrackingTokens(keyring, { statusId, accountId, emailId });
  const linkUrl = (index: number, target: string): string => {
    const token = tokens.click(index, target);
    return token === null ? target : `${baseUrl}/t/c/${token}`;
  };
  return {
    pixelUrl: tracksOpens ? `${baseUrl}/t/o/${tokens.open()}.gif` : null,
    linkUrl: tracksClicks ? linkUrl : untracked.linkUrl,
  };
}
