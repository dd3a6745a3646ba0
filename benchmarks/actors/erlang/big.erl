-module(big).
-export([run/2]).
-define(ACTORS, 120).

run(Pings, _) ->
    Pids = [spawn_link(fun() -> wait(Number, Pings) end) || Number <- lists:seq(1, ?ACTORS)],
    All = list_to_tuple(Pids),
    [Pid ! {all, All} || Pid <- Pids],
    Start = program:now_ns(),
    program:start_all(Pids),
    program:await_done(?ACTORS),
    Elapsed = program:now_ns() - Start,
    [unlink(Pid) || Pid <- Pids],
    [exit(Pid, kill) || Pid <- Pids],
    {Elapsed, 2 * ?ACTORS * Pings}.

wait(Number, Pings) ->
    receive {all, All} ->
        receive {start, Sink} -> next(Number, All, Sink, Number, Pings) end
    end.

next(Number, All, Sink, _, 0) ->
    Sink ! done,
    loop(Number, All, Sink, 0, 0, 0);
next(Number, All, Sink, Random, Left) ->
    New = program:random(Random),
    Expected = New rem ?ACTORS + 1,
    element(Expected, All) ! {ping, Number},
    loop(Number, All, Sink, New, Left - 1, Expected).

loop(Number, All, Sink, Random, Left, Expected) ->
    receive
        {ping, From} ->
            element(From, All) ! {pong, Number},
            loop(Number, All, Sink, Random, Left, Expected);
        {pong, Expected} ->
            next(Number, All, Sink, Random, Left)
    end.
