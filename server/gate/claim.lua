-- May this person be asked now? Decide and take the place in one step.
--
-- KEYS  1 touches: sorted set, member "ticket|kind|survey|channel", score = time in ms; the member "learned" marks
--         that the ledger was read, score = when
--       2 leases: sorted set, same members, score = when the lease lapses
-- ARGV  1 now (ms)  2 ticket  3 the lease's length (ms)  4 "1" when the person is known to have no touches
--       5 how long "learned" is believed (ms)
--       6 asks as JSON: [{"survey", "channel", "windows": [{"kinds": {"ask": true}, "limit", "ms", "survey"}]}]
-- Reply {"unfamiliar"} · {"leased", index from 0} · {"held", JSON: for each ask, for each window,
--       {until, member, at, is it a lease?} or false}

local now, ticket, lasts = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local learned = redis.call('ZSCORE', KEYS[1], 'learned')
if ARGV[4] ~= '1' and not (learned and tonumber(learned) > now - tonumber(ARGV[5])) then
  return {'unfamiliar'}
end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)

local places, own = {}, {}
local function gather(members, at_of)
  for i = 1, #members, 2 do
    local t, kind, survey = string.match(members[i], '^([^|]*)|([^|]*)|([^|]*)|')
    if t and t ~= ticket then
      local score = tonumber(members[i + 1])
      -- A lease stands for a touch that would be made now; it blocks until it lapses.
      places[#places + 1] = {member = members[i], kind = kind, survey = tonumber(survey),
                             at = at_of or score, lapses = at_of and score or nil}
    elseif t and at_of then
      own[#own + 1] = members[i]
    end
  end
end
gather(redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'))
gather(redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'), now)
table.sort(places, function(a, b) return a.at > b.at end)

-- The touch that fills window w, or nil: the limit-th newest that counts.
local function filled_by(w)
  local seen = 0
  for _, p in ipairs(places) do
    if w.kinds[p.kind] and (w.survey == 0 or w.survey == p.survey) and p.at > now - w.ms then
      seen = seen + 1
      if seen >= w.limit then return p end
    end
  end
end

local verdicts = {}
for index, ask in ipairs(cjson.decode(ARGV[6])) do
  local passed, findings = true, {}
  for n, w in ipairs(ask.windows) do
    local p = filled_by(w)
    findings[n] = p and {p.lapses or (p.at + w.ms), p.member, p.at, p.lapses ~= nil} or false
    passed = passed and not p
  end
  if passed then
    -- One ticket, one place: what it held for another survey is free again.
    if #own > 0 then redis.call('ZREM', KEYS[2], unpack(own)) end
    redis.call('ZADD', KEYS[2], now + lasts, ticket .. '|ask|' .. ask.survey .. '|' .. ask.channel)
    -- Never shorter than it was: a short lease must not take a longer one with it.
    if redis.call('PTTL', KEYS[2]) < lasts then redis.call('PEXPIRE', KEYS[2], lasts) end
    return {'leased', index - 1}
  end
  verdicts[index] = findings
end
return {'held', cjson.encode(verdicts)}
