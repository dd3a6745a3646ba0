-module(fjthrput).
-export([run/2]).
-define(ACTORS, 60).

run(Count, _) ->
    Root = self(),
    Workers = [spawn_link(fun() -> work(Root, Count) end) || _ <- lists:seq(1, ?ACTORS)],
    Start = program:now_ns(),
    feed(Workers, Workers, Count),
    program:await_done(?ACTORS),
    {program:now_ns() - Start, ?ACTORS * Count}.

feed(_, _, 0) ->
    ok;
feed([Worker | Rest], Workers, Left) ->
    Worker ! item,
    feed(Rest, Workers, Left);
feed([], Workers, Left) ->
    feed(Workers, Workers, Left - 1).

work(Root, 0) -> Root ! done;
work(Root, Left) -> receive item -> work(Root, Left - 1) end.
