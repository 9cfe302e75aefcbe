-- May this person be asked now? Decide and take the place in one step.
--
-- KEYS  1 the person: a hash, ticket -> "at|kind|survey|outcome|channel|lapse" (times in ms; lapse is empty for a
--         touch, and the end of the lease for a place that is only taken), and "learned" -> "when|policy"
-- ARGV  1 now (ms)  2 ticket  3 the lease's length (ms)  4 "1" when the person is known to have no touches
--       5 how long "learned" is believed (ms)  6 the policy that the windows are of
--       7 asks as JSON: [{"survey", "channel", "windows": [{"kinds": {"ask": true}, "limit", "ms",
--         "surveys": {"7": true} or false, "outcome"}]}]
-- Reply {"unfamiliar"} · {"leased", index from 0} · {"held", JSON: for each ask, for each window,
--       {until, ticket, "at|kind|survey|outcome|channel|lapse", is it a lease?} or false}

local now, ticket, lasts = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local known = redis.call('HGETALL', KEYS[1])

local places, learned, kept = {}, ARGV[4] == '1', false
for i = 1, #known, 2 do
  local name, text = known[i], known[i + 1]
  if name == 'learned' then
    local when, policy = string.match(text, '^(%d+)|(.*)$')
    learned = learned or (policy == ARGV[6] and tonumber(when) > now - tonumber(ARGV[5]))
  else
    local at, kind, survey, outcome, channel, lapse =
      string.match(text, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
    lapse = tonumber(lapse)
    if lapse and lapse <= now then
      redis.call('HDEL', KEYS[1], name)
    elseif name == ticket then
      kept = not lapse
    else
      -- A lease stands for a touch that would be made now; it blocks until it lapses.
      places[#places + 1] = {ticket = name, text = text, kind = kind, survey = survey, outcome = outcome,
                             at = lapse and now or tonumber(at), lapse = lapse}
    end
  end
end
if not learned then
  -- The ledger is read next: what it says nothing of any more (a touch that was voided) must not stay for ever.
  for _, p in ipairs(places) do
    if not p.lapse then redis.call('HDEL', KEYS[1], p.ticket) end
  end
  if kept then redis.call('HDEL', KEYS[1], ticket) end
  return {'unfamiliar'}
end
-- Of one moment leases are the newest, and of these the one that lapses last: a place is free when that one is.
table.sort(places, function(a, b)
  if a.at ~= b.at then return a.at > b.at end
  return (a.lapse or 0) > (b.lapse or 0)
end)

-- The touch that fills window w, or nil: the limit-th newest that counts.
local function filled_by(w)
  local seen = 0
  for _, p in ipairs(places) do
    if w.kinds[p.kind] and (not w.surveys or w.surveys[p.survey])
        and (w.outcome == '' or w.outcome == p.outcome) and p.at > now - w.ms then
      seen = seen + 1
      if seen >= w.limit then return p end
    end
  end
end

local verdicts = {}
for index, ask in ipairs(cjson.decode(ARGV[7])) do
  local passed, findings = true, {}
  for n, w in ipairs(ask.windows) do
    local p = filled_by(w)
    findings[n] = p and {p.lapse or (p.at + w.ms), p.ticket, p.text, p.lapse ~= nil} or false
    passed = passed and not p
  end
  if passed then
    -- What was kept stays a touch: as a lease it would lapse, and nobody would know of it any more.
    if not kept then
      redis.call('HSET', KEYS[1], ticket, now .. '|ask|' .. ask.survey .. '||' .. ask.channel .. '|' .. (now + lasts))
    end
    -- Never shorter than it was: a short lease must not take what was learned with it.
    if redis.call('PTTL', KEYS[1]) < lasts then redis.call('PEXPIRE', KEYS[1], lasts) end
    return {'leased', index - 1}
  end
  verdicts[index] = findings
end
return {'held', cjson.encode(verdicts)}
