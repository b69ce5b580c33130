-- Common to both scripts. KEYS[1] is the prefix of all keys, in braces, so that all of them are in one slot of a cluster.
--   P:s:<id>      hash    a session: a = what it was opened with, o = its owner, h = how many nodes hold it,
--                         c = the last change that it was told of
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
--                         has finished; b = the bytes of all events that are kept, or more. Of a stream that was
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
        call('XADD', ENDS, 'MAXLEN', '~', 100000, '*', 'i', id, 'r', reason, 'n', node, 'o', s[1] or '', 'a', s[2])
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

local function release(other, id, since)
    if call('SREM', P .. ':held:' .. other, id) == 1 and call('HINCRBY', P .. ':s:' .. id, 'h', -1) <= 0 then
        call('ZADD', IDLE, text(since), id)
    end
end
