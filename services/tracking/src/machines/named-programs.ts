import { createIsbotFromList, list } from 'isbot';
import { LRUCache } from 'lru-cache';

/**
 * Patterns of `isbot` that fit phones, television sets and old browsers as well: shapes of a whole name, and words that
 * are a part of models and of apps. What they would find is found by other patterns or by ours below.
 */
const tooWide = new Set([
  '\\b\\w+/1\\.0;',
  '^[^ ]{50,}$',
  '^\\d+\\b',
  ';\\s\\w+;$',
  '\\(\\)',
  '\\|',
  'sogou',
  'catch',
  'java(?!;)',
  'chromeframe',
  'browsex',
  'offbyone',
  'firephp',
  '(?<!lib)http',
  'download',
  'tools',
  'proxy',
  '^navermailapp',
  '^yahoo',
  '^email',
]);

const isListed = createIsbotFromList(list.filter((pattern) => !tooWide.has(pattern)));

/**
 * Programs that ask for links and pictures by themselves and that `isbot` does not know, or knows only by a pattern that is
 * too wide: fetchers of mail services and of office programs, scanners of mail, HTTP libraries.
 */
const ours = [
  // Gmail's fetch at the time of delivery. No browser has called itself so since 2015.
  String.raw`edge\/12\.246 mozilla`,
  String.raw`^microsoft (?:data access|url control|windows network diagnostics)|microsoft office \w+ discovery`,
  'webdav|miniredir|protocol discovery|existence discovery',
  String.raw`google(?:docs| favicon|-\w+|bot|producer|other|agent)|feedfetcher|apis-google|mediapartners`,
  'barracuda|proofpoint|mimecast|symantec|messagelabs|trendmicro|trend micro|fireeye|trellix|ironport|sophos|safelinks',
  'zscaler|cloudmark|forcepoint|websense|bitdefender|kaspersky|avast|urldefen[sc]e|checkpoint|virustotal|phish',
  'slack(?:bot|-?img)|img-?proxy|^whatsapp|telegrambot|discordbot|^discord|skypeuri|^viber|line-?poker|facebookexternal|facebot',
  'embedly|iframely|outbrain|vkshare|twitterbot|^pinterest|pinterestbot|linkedinbot|redditbot|mastodon|bluesky|cardyb',
  'crawl|spider;|slurp|archiver|heritrix|nutch',
  String.raw`\bjava[\/ -]?\d|^java\b|okhttp|apache-http|jakarta|httpclient|http[ _-]?(?:client|request|kit|rb|unirest)|unirest|jersey|retrofit|vert\.x`,
  String.raw`\bcurl\b|libcurl|pycurl|wget|httpie|^libwww|libwww-perl|lwp[:\-]|perl|mechanize|winhttp|wininet|urlmon`,
  String.raw`python|aiohttp|httpx|urllib|requests\/|tornado\/|twisted|scrapy`,
  String.raw`go[- ]?http|^go \d|\bgo\/?\d|fasthttp|resty|^req\/`,
  String.raw`guzzle|php\b|zend|buzz\/|symfony|pecl|http_request|snoopy|^pear\b`,
  String.raw`ruby|faraday|typhoeus|httparty|rest-client|excon|^net-http|http\.rb`,
  String.raw`node-fetch|node\.js|undici|axios|^got\b|\bgot \(|superagent|^needle|^request\b|bent\/|^bun\/|deno`,
  String.raw`^dart|\bdart:io|^reqwest|^hyper|^ureq|^surf\/|isahc|rust\b|^attohttp|^awc\/`,
  String.raw`\.net (?:framework|core) |restsharp|flurl|^refit|powershell|^elixir|hackney|mint\/|finch|tesla\/|erlang|^clj|akka|^sttp|dispatch\/|^libsoup|^serf|^aria2|^neon|cpp-httplib|^cpprestsdk|^cpr\/|^poco|^qnetwork|alamofire|urlsession|^volley|^ktor|^fuel\/|^dio`,
  String.raw`postman|insomnia|paw\/|soapui|jmeter|gatling|\bk6\/|vegeta|^hey\/|^ab\/|apachebench|siege|loadrunner|bruno|thunder client|rapidapi`,
  'phantomjs|headless|puppeteer|playwright|selenium|cypress|htmlunit|electron-fetch|splash|nightmare',
  String.raw`^mozilla\/5\.0 \(compatible\)$|^mozilla\/\d\.\d$|git-annex|matomotracker|safariviewservice|^swcd`,
  // A program that names the page that tells about it; old toolbars of Internet Explorer do so too.
  String.raw`https?:\/\/(?!bsalsa)`,
  'thumbnail|favicon|check_http|sqlmap|catchpoint|opengraph|webcopy|filedownloader|friendica|lemmy|gotosocial|^sentry|^sparkpost|^sparkshipping|^https|mozilliqa|web-archiv',
  String.raw`assetnote|laravel reaver|amzn-user|kendra|gtmetrix| ylt |miniature\.io|hlb\/`,
];
const isOurs = new RegExp(ours.join('|'), 'i');

/** Programs that people read mail with. Their names and versions alone look like those of libraries. */
const mailProgram = new RegExp(
  [
    'microsoft[ -]?(?:outlook|office)|outlook-(?:ios|android|express)|ms-?office|^(?:apple|iphone|ipad)-i(?:phone|pad|pod)',
    String.raw`thunderbird|icedove|betterbird|postbox|seamonkey|eudora|lotus-notes|hcl notes|notes\/\d|the bat|incredimail|pegasus`,
    String.raw`airmail|sparrow|^spark(?:\/| mail| desktop)|canary|mailspring|em ?client|mailbird|evolution|kmail|claws|sylpheed|geary|balsa|trojit|mutt`,
    String.raw`k-9|k9mail|fairemail|aqua ?mail|blue ?mail|boxer|newton|nine\/|typeapp|mymail|samsung ?e?mail|android-?(?:mail|email)|^email\/`,
    String.raw`^gmail|gmail(?:android|ios)|yahoomobile|yahoo ?mail(?!proxy)|navermail|daum ?mail|mail\.ru mail|^proton ?mail|tutanota|^hey\/|duckduckgo\/\d+ cfnetwork|superhuman`,
    String.raw`^mail(?:mate|plane)?\/[\d.]+ cfnetwork|apple ?mail|windows[ -]?live[ -]?mail|barca|foxmail|becky|shuriken|zimbra(?! ?preview)|mailbar|roundcube`,
  ].join('|'),
  'i',
);

/** The part of a phone's, tablet's or television set's name that its maker chose: model, build, and firmware. */
const device =
  /\((?=[^()]*\b(?:android|linux armv\w*|tizen|web0s|webos|windows phone|smart-?tv|bada|symbian\w*|j2me|kaios|harmonyos|palmos|googletv)\b)(?![^()]*(?:https?:|-google))[^()]*(?:\([^()]*\)[^()]*)*\)/gi;

/** Names that only a phone or an app on it has: a model alone, an old phone's profile, UC's own notation. */
const phoneOnly =
  /^i(?:phone|pad|pod)[\w,]*$|\b(?:midp|cldc|maui|brew)\b|^dv\(|up\.browser|\bwap[ -]browser|netfront|^2\.1\.0 \(linux|ucweb|nook browser|^smarttv_|^opera\/9|^(?:nokia|samsung|sonyericsson|lg|mot|blackberry|huawei|zte|alcatel|sagem)[-_ ]?\w+/i;

/** The same few hundred names ask for nearly everything, and one look at all patterns takes about 10 µs. */
const answers = new LRUCache<string, boolean>({ max: 2_000 });

/**
 * Returns whether a user agent names a program that asks by itself: a crawler, a link preview, a scanner of mail, an
 * HTTP library. A scanner that poses as a browser is not found here.
 *
 * `isbot` (its list is maintained) lies beneath rules of our own. Words that makers of phones use are taken away first:
 * there are phones called Cubot, Spider and Discovery.
 */
export function isNamedProgram(userAgent: string): boolean {
  const known = answers.get(userAgent);
  if (known !== undefined) return known;
  const answer = judge(userAgent);
  answers.set(userAgent, answer);
  return answer;
}

function judge(userAgent: string): boolean {
  const name = userAgent.replace(device, '(Linux; Android; device)').trim();
  if (isOurs.test(name)) return true;
  if (mailProgram.test(name) || phoneOnly.test(userAgent)) return false;
  return isListed(name);
}
