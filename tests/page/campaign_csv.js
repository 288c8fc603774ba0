// Reads { list, campaign, preset, columns } and writes the campaign file that the page would offer.

import { readFileSync, writeSync } from "node:fs";

import { campaignRows, csvOf } from "../../app/web/static/campaign_file.js";

const { list, campaign, preset, columns } = JSON.parse(readFileSync(0, "utf8"));
const chosen = { ...campaign, segments: new Set(campaign.segments) };
writeSync(1, csvOf(columns, campaignRows(list, chosen, preset)));
