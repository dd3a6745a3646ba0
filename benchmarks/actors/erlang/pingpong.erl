-module(pingpong).
-export([run/2]).

run(Rounds, _) ->
    Pong = spawn_link(fun() -> pong(0) end),
    Start = program:now_ns(),
    Pong ! {ping, self()},
    ping(Pong, Rounds - 1),
    Elapsed = program:now_ns() - Start,
    Pong ! {retrieve, self()},
    receive {pings, Pings} -> program:expect("pings", Pings, Rounds) end,
    {Elapsed, 3 * Rounds - 1}.

%% Savina's ping tells itself to serve again.
ping(Pong, Left) ->
    receive
        pong when Left > 0 ->
            self() ! again,
            ping(Pong, Left);
        again ->
            Pong ! {ping, self()},
            ping(Pong, Left - 1);
        pong ->
            ok
    end.

pong(Pings) ->
    receive
        {ping, From} ->
            From ! pong,
            pong(Pings + 1);
        {retrieve, From} ->
            From ! {pings, Pings}
    end.
