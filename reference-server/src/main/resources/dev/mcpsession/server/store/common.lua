-- Common to both scripts. KEYS[1] is the prefix of all keys, in braces, so that all of them are in one slot of a cluster.
--   P:s:<id>      hash    a session: a = what it was opened with, o = its owner, h = how many nodes hold it,
--                         c = the last change that it was told of,
--                         l = when a node has let go of it, or it was used, while others held it
--   P:idle        zset    the sessions that nobody holds, by the time since when
--   P:held:<node> set     the sessions that a node holds
--   P:nodes       zset    the nodes, by the end of their leases
--   P:epochs      hash    the number of the connection that each node uses now; what comes over an older one is void
--   P:live        number  how many sessions there are
--   P:beat        number  when a node last said that it lives
--   P:since       number  since when nodes have said so without a gap of a lease. A gap means that the store was away, so
--                         that nothing could be acquired and no lease renewed: idle timeouts and leases begin anew then
--   P:changes     number  how many changes there were
--   P:ends        stream  what all nodes are told: ends of sessions, and changes
--   P:inbox:<node> stream what one node is told
--   P:e:<id>      stream  the events of a session's streams that are kept
--   P:t:<id>      hash    its streams: <stream>:g = the node that made it, :n = the node that serves it, :q = the number
--                         of the last event, :l = 1 if it is for what the server says of its own accord, :f = 1 if it
--                         has finished, :k = how often it was resumed; b = the bytes of all events that are kept, or more. Of a stream that was
--                         sent as a whole there are only its events
--   P:w:<id>      hash    <stream>|<request> = how to answer the request if the stream's node dies
-- Times are microseconds of the store's clock.
local P = KEYS[1]
local IDLE, NODES, EPOCHS, ENDS, LIVE = P .. ':idle', P .. ':nodes', P .. ':epochs', P .. ':ends', P .. ':live'
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local node, epoch = ARGV[1], ARGV[2]
local HELD = P .. ':held:' .. node

-- Lua would write it with 14 digits.
local function text(number)
    return string.format('%.0f', number)
end

local function beat(lease)
    if now - tonumber(call('GET', P .. ':beat') or '0') > lease then
        call('SET', P .. ':since', text(now))
    end
    call('SET', P .. ':beat', text(now))
    call('ZADD', NODES, text(now + lease), node)
end

-- For how long the store has been there without a gap.
local function steady(lease)
    if now - tonumber(call('GET', P .. ':beat') or '0') > lease then
        -- What was asked before the gap is done after it, and nobody has noticed the gap yet.
        return 0
    end
    return now - tonumber(call('GET', P .. ':since') or text(now))
end

-- Tells all nodes of ends: a reason, and then id, owner and attachment of each session, with the names of these fields.
local function announce(reason, ends)
    call('XADD', ENDS, 'MAXLEN', '~', 100000, '*', 'r', reason, 'n', node, unpack(ends))
end

local function finish(id, reason)
    local key = P .. ':s:' .. id
    local s = call('HMGET', key, 'o', 'a', 'h')
    call('DEL', key, P .. ':e:' .. id, P .. ':t:' .. id, P .. ':w:' .. id)
    call('ZREM', IDLE, id)
    if not s[2] then
        -- It was lost without us, by a store that evicts.
        return
    end
    call('DECR', LIVE)
    if tonumber(s[3] or '0') > 0 then
        for _, other in ipairs(call('ZRANGE', NODES, 0, -1)) do
            call('SREM', P .. ':held:' .. other, id)
        end
    end
    if reason ~= 'DROPPED' then
        announce(reason, { 'i', id, 'o', s[1] or '', 'a', s[2] })
    end
end

-- As above, for many sessions that nobody holds, in few commands.
local function finishIdle(ids, reason)
    local STEP = 50
    for first = 1, #ids, STEP do
        local gone, keys, ends = {}, {}, {}
        local lived = 0
        for at = first, math.min(first + STEP - 1, #ids) do
            local id = ids[at]
            local key = P .. ':s:' .. id
            local s = call('HMGET', key, 'o', 'a')
            gone[#gone + 1] = id
            keys[#keys + 1] = key
            keys[#keys + 1] = P .. ':e:' .. id
            keys[#keys + 1] = P .. ':t:' .. id
            keys[#keys + 1] = P .. ':w:' .. id
            if s[2] then
                lived = lived + 1
                for _, word in ipairs({ 'i', id, 'o', s[1] or '', 'a', s[2] }) do
                    ends[#ends + 1] = word
                end
            end
        end
        call('DEL', unpack(keys))
        call('ZREM', IDLE, unpack(gone))
        if lived > 0 then
            call('DECRBY', LIVE, lived)
            announce(reason, ends)
        end
    end
end

local function hold(id, key, held)
    if call('SADD', HELD, id) == 1 then
        call('HINCRBY', key, 'h', 1)
        if held == 0 then
            call('ZREM', IDLE, id)
        end
    end
end

-- A node holds a session no longer: it was in use there until a time, which may be earlier than when others let go of it.
local function release(other, id, since)
    if call('SREM', P .. ':held:' .. other, id) == 0 then
        return
    end
    local key = P .. ':s:' .. id
    local last = tonumber(call('HGET', key, 'l') or '0')
    since = math.max(since, last)
    if call('HINCRBY', key, 'h', -1) <= 0 then
        call('ZADD', IDLE, text(since), id)
        if last > 0 then
            call('HDEL', key, 'l')
        end
    elseif since > last then
        call('HSET', key, 'l', text(since))
    end
end
