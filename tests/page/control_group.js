// Reads { list, campaign } and writes what the page would say of the campaign's control group.

import { readFileSync, writeSync } from "node:fs";

import { decide } from "../../app/web/static/campaign.js";
import { powerOf } from "../../app/web/static/control_group.js";

const { list, campaign } = JSON.parse(readFileSync(0, "utf8"));
const chosen = { ...campaign, segments: new Set(campaign.segments) };
writeSync(1, JSON.stringify(powerOf(list.customers, decide(list.customers, chosen), chosen)));
