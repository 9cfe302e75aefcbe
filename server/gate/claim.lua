-- May this person be asked now? Decide and take the place in one step.
--
-- KEYS  1 the person: a hash, ticket -> "at|kind|survey|outcome|channel|lapse" (times in ms; lapse is empty for a
--         touch, and the end of the lease for a place that is only taken); and of herself: "=learned" ->
--         "when|policy", "=barred" -> ",channel,channel,", "=elsewhere" -> the name she is known by, "=reading" ->
--         who asked for the ledger to be read, "=beside" ->
--         of a name that nobody has: what else was said of her when the ledger was read
-- ARGV  1 now (ms)  2 ticket  3 the lease's length (ms)  4 "1" when the person is known to have no touches
--       5 how long "=learned" is believed (ms)  6 how long a reading may take (ms)  7 the policy
--       8 the docket as JSON: [windows, asks], a window [kinds, limit, ms, {survey: true} or false, outcome],
--         an ask [survey, channel, places of its windows, from 1]
--       9 which asks are tried, as places from 1, such as "1,3"; empty for all  10 what else is said of her
-- Reply {"unfamiliar", reading} · {"elsewhere", name} · {"leased", place} · {"held", what bars her,
--       JSON of what stands in the windows that are full: [[place, until, ticket, text, is it a lease?] …]}

local now, ticket, lasts = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local known = redis.call('HGETALL', KEYS[1])

local places, self, kept = {}, {}, false
for i = 1, #known, 2 do
  local name, text = known[i], known[i + 1]
  if string.byte(name) == 61 then -- "="
    self[name] = text
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

local learned = ARGV[4] == '1'
if not learned and self['=learned'] then
  local when, policy = string.match(self['=learned'], '^(%d+)|(.*)$')
  learned = policy == ARGV[7] and tonumber(when) > now - tonumber(ARGV[5])
    and (not self['=beside'] or self['=beside'] == ARGV[10])
end
if not learned then
  -- The ledger is read next: what it says nothing of any more (a touch that was voided) must not stay for ever.
  for _, p in ipairs(places) do
    if not p.lapse then redis.call('HDEL', KEYS[1], p.ticket) end
  end
  if kept then redis.call('HDEL', KEYS[1], ticket) end
  if not self['=reading'] then redis.call('HSET', KEYS[1], '=reading', ticket) end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
  return {'unfamiliar', self['=reading'] or ticket}
end
if self['=elsewhere'] then return {'elsewhere', self['=elsewhere']} end

-- Of one moment leases are the newest, and of these the one that lapses last: a place is free when that one is.
table.sort(places, function(a, b)
  if a.at ~= b.at then return a.at > b.at end
  return (a.lapse or 0) > (b.lapse or 0)
end)

-- The touch that fills a window, or nil: the limit-th newest that counts.
local function filled_by(kinds, limit, ms, surveys, outcome)
  local seen = 0
  for _, p in ipairs(places) do
    if p.at <= now - ms then return nil end
    if kinds[p.kind] and (not surveys or surveys[p.survey]) and (outcome == '' or outcome == p.outcome) then
      seen = seen + 1
      if seen >= limit then return p end
    end
  end
end

local docket = cjson.decode(ARGV[8])
local full, found = {}, {}
for n, w in ipairs(docket[1]) do
  local p = filled_by(w[1], w[2], w[3], w[4], w[5])
  if p then
    full[n] = true
    found[#found + 1] = {n, p.lapse or (p.at + w[3]), p.ticket, p.text, p.lapse ~= nil}
  end
end

local barred = self['=barred'] or ''
local function passes(ask)
  if string.find(barred, ',' .. ask[2] .. ',', 1, true) then return false end
  for _, n in ipairs(ask[3]) do
    if full[n] then return false end
  end
  return true
end

local function take(place)
  local ask = docket[2][place]
  if not (ask and passes(ask)) then return nil end
  -- What was kept stays a touch: as a lease it would lapse, and nobody would know of it any more.
  if not kept then
    redis.call('HSET', KEYS[1], ticket, now .. '|ask|' .. ask[1] .. '||' .. ask[2] .. '|' .. (now + lasts))
  end
  -- Never shorter than it was: a short lease must not take what was learned with it.
  if redis.call('PTTL', KEYS[1]) < lasts then redis.call('PEXPIRE', KEYS[1], lasts) end
  return {'leased', place}
end

if ARGV[9] == '' then
  for place = 1, #docket[2] do
    local taken = take(place)
    if taken then return taken end
  end
else
  for place in string.gmatch(ARGV[9], '%d+') do
    local taken = take(tonumber(place))
    if taken then return taken end
  end
end
return {'held', barred, cjson.encode(found)}
