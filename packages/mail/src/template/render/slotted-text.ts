import type { LinkSlot } from '@posthorn/contracts';
import { marker } from '../markers.ts';
import { RenderFailure } from './missing.ts';
import { escapeHtml } from './sinks.ts';
import { schemeOf } from './url-sinks.ts';

/** A link in a rendered mail; its target is final. Only http and https targets are tracked. */
export type RenderedLink = Readonly<{ index: number; target: string; isTracked: boolean }>;

/** Texts with slots between them, in order. */
export type SlottedText = readonly (string | RenderedLink | typeof pixel)[];

/** Stands where the pixel goes. */
export const pixel = Object.freeze({ kind: 'pixel' });

const allowed: ReadonlySet<string | undefined> = new Set([undefined, 'http', 'https', 'mailto', 'tel']);

/** Splits a rendered text at its markers (see markers.ts), in one pass. */
export type SplitSlots = (rendered: string) => SlottedText;

/** Makes what splits the texts of one version; links whose targets depend on no value are read once for all sends. */
export function createSplitSlots(links: readonly LinkSlot[]): SplitSlots {
  const fixed = links.map((link) => readTarget(link.index, link.target, link));
  return (rendered) => {
    const [first = '', ...rest] = rendered.split(marker.link);
    const parts: (string | RenderedLink | typeof pixel)[] = [];
    pushText(parts, first);
    for (const part of rest) {
      const end = part.indexOf(marker.end);
      parts.push(readLink(part.slice(0, end), links, fixed));
      pushText(parts, part.slice(end + 1));
    }
    return parts;
  };
}

/** A body that ends inside a loop would have several pixels: the first one stands. */
function pushText(parts: (string | RenderedLink | typeof pixel)[], text: string): void {
  if (!text.includes(marker.pixel)) return void parts.push(text);
  const [before = '', ...after] = text.split(marker.pixel);
  parts.push(before);
  if (!parts.includes(pixel)) parts.push(pixel);
  parts.push(after.join(''));
}

function readLink(slot: string, links: readonly LinkSlot[], fixed: readonly RenderedLink[]): RenderedLink {
  const [number = '', computed] = slot.split(marker.target);
  const index = Number(number);
  const link = links[index];
  if (computed === undefined) return fixed[index] ?? readTarget(index, '', link);
  const read = readTarget(index, computed, link);
  if (link && hostValue.test(link.target) && isHttp(read.target) && !hasHost(read.target)) {
    throw new RenderFailure('the values in the host of a link make no host: check its name and its port');
  }
  return read;
}

/** The Liquid of a target whose host holds a value. Each value fits for itself; together they need not. */
const hostValue = /\| url_host/;

/** Browsers read `https:///a.test` as a link to a.test, so an empty host is none (WHATWG URL, section 4.4). */
function hasHost(target: string): boolean {
  return /^https?:\/\/[^/?#\\]/i.test(target) && URL.canParse(target);
}

function isHttp(target: string): boolean {
  return /^https?:/i.test(target);
}

function readTarget(index: number, text: string, link: LinkSlot | undefined): RenderedLink {
  // Browsers read a URL without the line ends and tabs in it (WHATWG URL, section 4.4).
  const trimmed = text.trim();
  const target = /[\t\r\n]/.test(trimmed) ? trimmed.replace(/[\t\r\n]+/g, '') : trimmed;
  const scheme = schemeOf(target);
  // A target that only now turns out to be javascript: or data: leads nowhere (row T05).
  if (!allowed.has(scheme)) return { index, target: '#', isTracked: false };
  return { index, target, isTracked: link?.isTracked === true && (scheme === 'http' || scheme === 'https') };
}

export type Tracking = Readonly<{
  /** The open pixel's URL; null leaves it out. */
  pixelUrl: string | null;
  /** The URL that stands in the mail for a tracked link; the target itself leaves the link as it is. */
  linkUrl: (index: number, target: string) => string;
}>;

/**
 * Fills the slots of a rendered mail. A link that occurs twice with one target (in HTML and text) is asked for once.
 */
export function joinTracked(
  { html, text }: Readonly<{ html: SlottedText; text: SlottedText }>,
  { pixelUrl, linkUrl }: Tracking,
): { html: string; text: string } {
  const known = new Map<number, Map<string, string>>();
  const urlOf = ({ index, target, isTracked }: RenderedLink): string => {
    if (!isTracked) return target;
    const urls = known.get(index) ?? new Map<string, string>();
    const url = urls.get(target) ?? linkUrl(index, target);
    known.set(index, urls.set(target, url));
    return url;
  };
  const image = pixelUrl === null ? '' : pixelImage(pixelUrl);
  return {
    html: join(html, { image, urlOf: (link) => escapeHtml(urlOf(link)) }),
    text: join(text, { image: '', urlOf }),
  };
}

function join(
  parts: SlottedText,
  { image, urlOf }: { image: string; urlOf: (link: RenderedLink) => string },
): string {
  let out = '';
  for (const part of parts) {
    if (typeof part === 'string') out += part;
    else if ('index' in part) out += urlOf(part);
    else out += image;
  }
  return out;
}

/** The image whose loading is an open. */
export function pixelImage(url: string): string {
  return `<img src="${escapeHtml(url)}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">`;
}
