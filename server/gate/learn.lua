-- What the ledger says of a person, unless something happened to her since it was asked for.
--
-- KEYS  1 the person, as in claim.lua
-- ARGV  1 the reading  2 how long all this is kept (ms)  3… fields and values of the hash
-- Reply 1, or 0 when nothing was learned

if redis.call('HGET', KEYS[1], '=reading') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], '=reading', '=barred', '=elsewhere', '=beside')
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
