// Reads { list, campaign, preset, columns } and writes the campaign file that the page would offer.

import { readFileSync, writeSync } from "node:fs";

import { decide } from "../../app/web/static/campaign.js";
import { campaignRows, csvOf } from "../../app/web/static/campaign_file.js";

const { list, campaign, preset, columns } = JSON.parse(readFileSync(0, "utf8"));
const decisions = decide(list.customers, { ...campaign, segments: new Set(campaign.segments) });
writeSync(1, csvOf(columns, campaignRows(list, decisions, preset)));
