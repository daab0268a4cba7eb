// Answers of Node: its WHATWG URL and UTS 46 (ICU), its Hijri calendars (ICU), npm's mrz.
// Reads a JSON array [kind, value] a line, writes a JSON string or null a line.
import { createInterface } from 'node:readline';
import { domainToASCII } from 'node:url';
import { createRequire } from 'node:module';

const require = createRequire(process.argv[2] + '/');
const { parse } = require('mrz');
const calendars = {};

function hijri(calendar, iso) {
    calendars[calendar] ??= new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`,
        { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: 'UTC' });
    const part = {};
    for (const { type, value } of calendars[calendar].formatToParts(new Date(iso))) part[type] = value;
    const mark = calendar === 'persian' ? 'SH' : 'AH';
    return `${part.year}-${part.month.padStart(2, '0')}-${part.day.padStart(2, '0')} ${mark}`;
}

const answers = {
    domain: (text) => domainToASCII(text) || null,
    url: (text) => { const url = new URL(text); url.hash = ''; return url.href; },
    mrz: (lines) => {
        // Visas are unknown to it: of them only what they share with passports and cards counts.
        const looked = lines[0][0] === 'V'
            ? /^(documentNumber|birthDate|expirationDate)/
            : /^(?!issuingState|nationality|documentCode|firstName|lastName)/;
        const { details } = parse(lines, { autocorrect: false });
        return details.every((field) => field.valid || !looked.test(field.field)) ? 'holds' : null;
    },
    persian: (iso) => hijri('persian', iso),
    'islamic-civil': (iso) => hijri('islamic-civil', iso),
};

for await (const line of createInterface({ input: process.stdin })) {
    const [kind, value] = JSON.parse(line);
    let answer = null;
    try {
        answer = answers[kind](value);
    } catch { /* refused */ }
    process.stdout.write(JSON.stringify(answer) + '\n');
}
