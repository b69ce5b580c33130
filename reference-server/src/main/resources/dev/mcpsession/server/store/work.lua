-- What a node has to do, in one go. ARGV: node, epoch, idle timeout (0 for none), most sessions (0 for any), events kept,
-- lease, and then operations: a letter and its arguments. Gives a result for each, but for R; and nothing has been done
-- if it gives nil, because the connection is not the one that the node uses now, or the node was taken for dead.
if call('HGET', EPOCHS, node) ~= epoch then
    return false
end
local timeout, cap, keep, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local MAX_KEPT_BYTES = 1048576
-- What is no longer than this is not counted: all of it that is kept is little.
local MAX_SMALL_BYTES = 512
local at = 6
local results = {}

local function arg()
    at = at + 1
    return ARGV[at]
end

local function isOverdue(id)
    if timeout == 0 then
        return false
    end
    local since = call('ZSCORE', IDLE, id)
    return since and now - tonumber(since) >= timeout and steady(lease) >= timeout
end

-- Keeps an event, in place of the oldest if need be. Some more are kept than need be: an exact number costs far more.
local function retain(id, stream, number, bytes)
    local T, E = P .. ':t:' .. id, P .. ':e:' .. id
    call('XADD', E, 'MAXLEN', '~', keep, '*', 's', stream, 'n', number, 'b', bytes)
    if #bytes <= MAX_SMALL_BYTES or call('HINCRBY', T, 'b', #bytes) <= MAX_KEPT_BYTES then
        return
    end
    -- What had to make room is counted still. Leaves some room, so that this is seldom done.
    local sum, count = 0, 0
    for _, entry in ipairs(call('XREVRANGE', E, '+', '-')) do
        local size = #entry[2][6]
        if sum + size > MAX_KEPT_BYTES * 3 / 4 then
            call('XTRIM', E, 'MAXLEN', count)
            break
        end
        sum, count = sum + size, count + 1
    end
    call('HSET', T, 'b', sum)
end

local often = {
    -- Acquire: id, owner, whether it holds. Gives what the session was opened with.
    A = function()
        local id, owner, holds = arg(), arg(), arg()
        local key = P .. ':s:' .. id
        local s = call('HMGET', key, 'a', 'o', 'h')
        if not s[1] or (s[2] or '') ~= owner then
            return false
        end
        local held = tonumber(s[3])
        if held == 0 and isOverdue(id) then
            finish(id, 'REAPED')
            return false
        end
        if holds == '1' then
            hold(id, key, held)
        elseif held == 0 then
            call('ZADD', IDLE, text(now), id)
        else
            call('HSET', key, 'l', text(now))
        end
        return s[1]
    end,
    -- As above, of a session that the node holds already: id, owner.
    P = function()
        local id, owner = arg(), arg()
        local s = call('HMGET', P .. ':s:' .. id, 'a', 'o')
        return s[1] and (s[2] or '') == owner and s[1]
    end,
    -- Release: id, how many microseconds ago it was in use.
    R = function()
        local id, ago = arg(), tonumber(arg())
        release(node, id, now - ago)
        return nil
    end,
    -- A stream that was sent as a whole, and can be resumed: id, stream, count, and for each event its number and bytes.
    -- Nobody else serves it, so nothing need be known of it but its events.
    O = function()
        local id, stream, count = arg(), arg(), tonumber(arg())
        local alive = call('EXISTS', P .. ':s:' .. id) == 1
        for _ = 1, count do
            local number, bytes = arg(), arg()
            if alive then
                retain(id, stream, number, bytes)
            end
        end
        return nil
    end,
}

-- What is seldom asked for: making these functions takes longer than most requests.
local function others()
    local function tell(other, ...)
        call('XADD', P .. ':inbox:' .. other, 'MAXLEN', '~', 10000, '*', ...)
    end

    -- A stream's event was made: keeps it, and passes it on to the node that serves the stream.
    local function emitted(maker, id, stream, number, bytes)
        local T = P .. ':t:' .. id
        local known = call('HMGET', T, stream .. ':n', stream .. ':f')
        if known[2] or not known[1] then
            return
        end
        retain(id, stream, number, bytes)
        call('HSET', T, stream .. ':q', number)
        if known[1] ~= '' and known[1] ~= maker then
            tell(known[1], 'k', 'E', 'i', id, 's', stream, 'q', number, 'b', bytes)
        end
    end

    -- Forgets streams that have finished and of which nothing is kept, when there are many.
    local function tidy(id, T)
        if call('HLEN', T) < 8 * (keep + 128) + 64 then
            return
        end
        local kept = {}
        for _, entry in ipairs(call('XRANGE', P .. ':e:' .. id, '-', '+')) do
            kept[entry[2][2]] = true
        end
        local fields = call('HKEYS', T)
        for _, field in ipairs(fields) do
            local stream = string.match(field, '^(.*):f$')
            if stream and not kept[stream] then
                call('HDEL', T, stream .. ':g', stream .. ':n', stream .. ':q', stream .. ':l', stream .. ':f', stream .. ':k')
            end
        end
    end

    local function finished(maker, id, stream, number)
        local T = P .. ':t:' .. id
        local serving = call('HGET', T, stream .. ':n')
        if not serving then
            return
        end
        call('HSET', T, stream .. ':f', 1)
        local W = P .. ':w:' .. id
        for _, field in ipairs(call('HKEYS', W)) do
            if string.sub(field, 1, #stream + 1) == stream .. '|' then
                call('HDEL', W, field)
            end
        end
        if serving ~= '' and serving ~= maker then
            tell(serving, 'k', 'F', 'i', id, 's', stream, 'q', number)
        end
        tidy(id, T)
    end

    -- A node's lease is over: what it held is idle since then, and its calls are answered in its place.
    local function bury(dead, since)
        for _, id in ipairs(call('SMEMBERS', P .. ':held:' .. dead)) do
            local T, W = P .. ':t:' .. id, P .. ':w:' .. id
            local streams = {}
            local words = call('HGETALL', W)
            for i = 1, #words, 2 do
                local stream = string.match(words[i], '^([^|]*)|')
                if call('HGET', T, stream .. ':g') == dead then
                    local number = tonumber(call('HGET', T, stream .. ':q') or '0') + 1
                    emitted(dead, id, stream, number, (string.gsub(words[i + 1], '%z', tostring(number))))
                    streams[stream] = number
                end
            end
            for stream, number in pairs(streams) do
                finished(dead, id, stream, number)
            end
            release(dead, id, since)
        end
        call('DEL', P .. ':held:' .. dead, P .. ':inbox:' .. dead)
        call('ZREM', NODES, dead)
        call('HDEL', EPOCHS, dead)
    end

    local function describe(id)
        local s = call('HMGET', P .. ':s:' .. id, 'a', 'o', 'h')
        if not s[1] then
            return false
        end
        local since = call('ZSCORE', IDLE, id)
        return { id, s[1], s[2] or '', s[3], text(since and now - tonumber(since) or 0) }
    end

    return {
        -- Create: id, owner, what it is opened with, whether it is held. Gives 0 if there is no room.
        C = function()
            local id, owner, attachment, holds = arg(), arg(), arg(), arg()
            if cap > 0 and tonumber(call('GET', LIVE) or '0') >= cap then
                local first = call('ZRANGE', IDLE, 0, 0)[1]
                if not first then
                    return 0
                end
                finish(first, isOverdue(first) and 'REAPED' or 'EVICTED')
            end
            local key = P .. ':s:' .. id
            call('HSET', key, 'a', attachment, 'h', 0)
            if owner ~= '' then
                call('HSET', key, 'o', owner)
            end
            call('INCR', LIVE)
            if holds == '1' then
                hold(id, key, 1)
            else
                call('ZADD', IDLE, text(now), id)
            end
            return 1
        end,
        -- Terminate: id. Gives 1 if it was this that ended it.
        T = function()
            local id = arg()
            if call('EXISTS', P .. ':s:' .. id) == 0 then
                return 0
            end
            finish(id, 'TERMINATED')
            return 1
        end,
        -- End as if the idle timeout had passed: id. Gives 1 if it was this that ended it, and -1 if it is held.
        X = function()
            local id = arg()
            local held = call('HGET', P .. ':s:' .. id, 'h')
            if held ~= '0' then
                return held and -1 or 0
            end
            finish(id, 'REAPED')
            return 1
        end,
        -- Save: id, what it is to be known with from now on.
        S = function()
            local id, attachment = arg(), arg()
            local key = P .. ':s:' .. id
            if call('EXISTS', key) == 1 then
                call('HSET', key, 'a', attachment)
            end
            return 1
        end,
        -- Describe: id.
        D = function()
            return describe(arg())
        end,
        -- List: how many at most.
        L = function()
            local most = tonumber(arg())
            local found = {}
            local seen = {}
            local function add(ids)
                for _, id in ipairs(ids) do
                    if #found < most and not seen[id] then
                        seen[id] = true
                        found[#found + 1] = describe(id) or nil
                    end
                end
            end
            add(call('ZRANGE', IDLE, 0, most - 1))
            for _, other in ipairs(call('ZRANGE', NODES, 0, -1)) do
                add(call('SRANDMEMBER', P .. ':held:' .. other, most))
            end
            return found
        end,
        -- The node lives. Gives how many sessions there are.
        H = function()
            beat(lease)
            return tonumber(call('GET', LIVE) or '0')
        end,
        -- Reap: how many at most. Gives how many were, and in how many microseconds the next may be due; -1 if none can be.
        Z = function()
            local most = tonumber(arg())
            local over = call('ZRANGEBYSCORE', NODES, '-inf', text(now), 'WITHSCORES')
            for i = 1, #over, 2 do
                if over[i] ~= node and steady(lease) >= lease then
                    bury(over[i], tonumber(over[i + 1]))
                end
            end
            if timeout == 0 then
                return { 0, -1 }
            end
            if steady(lease) < timeout then
                return { 0, timeout - steady(lease) }
            end
            local due = call('ZRANGEBYSCORE', IDLE, '-inf', text(now - timeout), 'LIMIT', 0, most)
            finishIdle(due, 'REAPED')
            local first = call('ZRANGE', IDLE, 0, 0, 'WITHSCORES')
            return { #due, first[2] and math.max(0, tonumber(first[2]) + timeout - now) or -1 }
        end,
        -- The node leaves.
        Y = function()
            bury(node, now)
            return 1
        end,
        -- Signal: id, message.
        M = function()
            local id, message = arg(), arg()
            for _, other in ipairs(call('ZRANGE', NODES, 0, -1)) do
                if other ~= node and call('SISMEMBER', P .. ':held:' .. other, id) == 1 then
                    tell(other, 'k', 'M', 'i', id, 'm', message)
                end
            end
            return 1
        end,
        -- Announce a change.
        K = function()
            call('XADD', ENDS, 'MAXLEN', '~', 100000, '*', 'c', call('INCR', P .. ':changes'))
            return 1
        end,
        -- Claim a change: id, its number.
        Q = function()
            local id, change = arg(), tonumber(arg())
            local key = P .. ':s:' .. id
            local s = call('HMGET', key, 'a', 'c')
            if not s[1] or tonumber(s[2] or '0') >= change then
                return 0
            end
            call('HSET', key, 'c', change)
            return 1
        end,
        -- Begin a stream: id, stream, whether it listens, count, and for each request how to answer it without the node.
        B = function()
            local id, stream, listens, count = arg(), arg(), arg(), tonumber(arg())
            local key = P .. ':s:' .. id
            local alive = call('EXISTS', key) == 1
            for _ = 1, count do
                local request, words = arg(), arg()
                if alive then
                    call('HSET', P .. ':w:' .. id, stream .. '|' .. request, words)
                end
            end
            if alive then
                call('HSET', P .. ':t:' .. id, stream .. ':g', node, stream .. ':n', node, stream .. ':l', listens)
                if listens == '1' then
                    call('HSETNX', key, 'c', call('GET', P .. ':changes') or '0')
                end
            end
            return 1
        end,
        -- An event: id, stream, number, bytes, the request that it answers or nothing.
        E = function()
            local id, stream, number, bytes, answered = arg(), arg(), arg(), arg(), arg()
            emitted(node, id, stream, number, bytes)
            if answered ~= '' then
                call('HDEL', P .. ':w:' .. id, stream .. '|' .. answered)
            end
            return 1
        end,
        -- Finish a stream: id, stream, number of the last event.
        F = function()
            local id, stream, number = arg(), arg(), arg()
            finished(node, id, stream, number)
            return 1
        end,
        -- A stream is not served here any longer: id, stream.
        G = function()
            local id, stream = arg(), arg()
            local T = P .. ':t:' .. id
            if call('HGET', T, stream .. ':n') == node then
                call('HSET', T, stream .. ':n', '')
            end
            return 1
        end,
        -- Resume: id, stream, number of the last event that the client has. Among what it gives is how often the stream was
        -- resumed: the node that has it from the latest time serves it.
        U = function()
            local id, stream, after = arg(), arg(), tonumber(arg())
            local T = P .. ':t:' .. id
            local known = call('HMGET', T, stream .. ':n', stream .. ':q', stream .. ':f', stream .. ':l')
            local events = {}
            local last
            for _, entry in ipairs(call('XRANGE', P .. ':e:' .. id, '-', '+')) do
                if entry[2][2] == stream then
                    last = entry[2][4]
                    if tonumber(last) > after then
                        events[#events + 1] = last
                        events[#events + 1] = entry[2][6]
                    end
                end
            end
            if not known[2] then
                return last and { last, '1', '0', events, '0' } or false
            end
            if known[3] and not last then
                return false
            end
            local turn = text(call('HINCRBY', T, stream .. ':k', 1))
            if known[1] and known[1] ~= '' and known[1] ~= node then
                tell(known[1], 'k', 'V', 'i', id, 's', stream, 't', turn)
            end
            call('HSET', T, stream .. ':n', node)
            return { known[2], known[3] or '0', known[4] or '0', events, turn }
        end,
    }
end

local seldom
local count = #ARGV
while at < count do
    local letter = arg()
    local act = often[letter]
    if not act then
        seldom = seldom or others()
        act = seldom[letter]
    end
    local result = act()
    if result ~= nil then
        results[#results + 1] = result
    end
end
return results
