-module(counting).
-export([run/2]).

run(Count, _) ->
    Counter = spawn_link(fun() -> counter(0) end),
    Start = program:now_ns(),
    produce(Counter, Count),
    Counter ! {retrieve, self()},
    Counted = receive {counted, Number} -> Number end,
    Elapsed = program:now_ns() - Start,
    program:expect("counted", Counted, Count),
    {Elapsed, Count}.

produce(_, 0) ->
    ok;
produce(Counter, Left) ->
    Counter ! item,
    produce(Counter, Left - 1).

counter(Count) ->
    receive
        item -> counter(Count + 1);
        {retrieve, From} -> From ! {counted, Count}
    end.
