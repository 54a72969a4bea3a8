// Reads calendar files with node-ical: a line of JSON in, a line out.
import {createInterface} from "node:readline";
import ical from "./vendor/node-ical-0.27.2.min.mjs";

const person = who => [who.params.CN, who.val];

function read(text) {
    const entries = Object.values(ical.sync.parseICS(text));
    const [calendar] = entries.filter(entry => entry.type === "VCALENDAR");
    return entries.filter(entry => entry.type === "VEVENT").map(event => ({
        start: event.start.toISOString(),
        end: event.end.toISOString(),
        summary: event.summary,
        description: event.description,
        uid: event.uid,
        sequence: event.sequence,
        status: event.status,
        method: calendar.method ?? null,
        organizer: event.organizer ? person(event.organizer) : null,
        attendees: [event.attendee ?? []].flat().map(person),
    }));
}

for await (const line of createInterface({input: process.stdin})) {
    console.log(JSON.stringify(read(JSON.parse(line))));
}
