"""From the ranking to the signed list: departures, amounts, scenarios, shortlist, exports."""
