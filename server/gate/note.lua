-- A touch came, or something came of it. Two processes may tell in the wrong order: the outcome that says more stays.
--
-- KEYS  1 the person, as in claim.lua
-- ARGV  1 the ticket  2 the touch, as in claim.lua  3 how long all this is kept (ms)

local says = {[''] = 0, dismissed = 1, answered = 2}
local form = '^([^|]*|[^|]*|[^|]*|)([^|]*)(.*)$'

local head, outcome, tail = string.match(ARGV[2], form)
local _, before = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', form)
if before and says[before] > says[outcome] then outcome = before end

redis.call('HSET', KEYS[1], ARGV[1], head .. outcome .. tail)
redis.call('HDEL', KEYS[1], '=reading')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
