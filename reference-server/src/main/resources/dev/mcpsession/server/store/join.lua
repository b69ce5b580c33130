-- A node begins to use a connection. ARGV: node, epoch, lease, count of openings that nobody was told of, those, and then
-- the sessions that exchanges on the node hold. Gives the id of the last entry of P:ends, and which of those are gone.
if tonumber(call('HGET', EPOCHS, node) or '0') > tonumber(epoch) then
    return false
end
call('HSET', EPOCHS, node, epoch)
beat(tonumber(ARGV[3]))
local dropped = tonumber(ARGV[4])
for i = 5, 4 + dropped do
    if call('EXISTS', P .. ':s:' .. ARGV[i]) == 1 then
        finish(ARGV[i], 'DROPPED')
    end
end
local last = call('XREVRANGE', ENDS, '+', '-', 'COUNT', 1)
local result = { last[1] and last[1][1] or '0-0', call('GET', P .. ':changes') or '0' }
local wanted = {}
for i = 5 + dropped, #ARGV do
    local id = ARGV[i]
    local key = P .. ':s:' .. id
    local held = call('HGET', key, 'h')
    if held then
        wanted[id] = true
        hold(id, key, tonumber(held))
    else
        result[#result + 1] = id
    end
end
for _, id in ipairs(call('SMEMBERS', HELD)) do
    if not wanted[id] then
        release(node, id, now)
    end
end
return result
