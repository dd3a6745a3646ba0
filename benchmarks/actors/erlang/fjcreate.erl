-module(fjcreate).
-export([run/2, child/2]).

%% As Savina's latch does, a counter that all share says when the last one has handled its message.
run(Count, _) ->
    Left = countdown(Count),
    Start = program:now_ns(),
    create(Count, self(), Left),
    program:await_done(1),
    {program:now_ns() - Start, Count}.

countdown(Count) ->
    Left = atomics:new(1, []),
    atomics:put(Left, 1, Count),
    Left.

create(0, _, _) ->
    ok;
create(Count, Root, Left) ->
    spawn(?MODULE, child, [Root, Left]) ! item,
    create(Count - 1, Root, Left).

child(Root, Left) ->
    receive
        item -> atomics:sub_get(Left, 1, 1) =:= 0 andalso (Root ! done)
    end.
