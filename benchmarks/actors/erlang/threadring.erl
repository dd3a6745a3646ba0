-module(threadring).
-export([run/2]).
-define(ACTORS, 100).

run(Hops, _) ->
    Root = self(),
    Ring = [spawn_link(fun() -> receive {next, Next} -> link(Next, Root) end end)
            || _ <- lists:seq(1, ?ACTORS)],
    [First | Rest] = Ring,
    lists:zipwith(fun(Pid, Next) -> Pid ! {next, Next} end, Ring, Rest ++ [First]),
    Start = program:now_ns(),
    First ! {hops, Hops},
    program:await_done(1),
    Elapsed = program:now_ns() - Start,
    [unlink(Pid) || Pid <- Ring],
    [exit(Pid, kill) || Pid <- Ring],
    {Elapsed, Hops}.

link(Next, Root) ->
    receive
        {hops, 0} -> Root ! done;
        {hops, Left} ->
            Next ! {hops, Left - 1},
            link(Next, Root)
    end.
