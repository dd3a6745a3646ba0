%% Many processes that have handled one message each and then wait. The harness looks at the VM from
%% outside when it says "mark".
-module(crowd).
-export([run/2, member/1]).
-define(GROUP, 1000).

run(Count, _) ->
    gather(?GROUP),
    mark(),
    gather(Count),
    mark(),
    {0, Count}.

%% In groups, so that the messages under way take no memory to speak of.
gather(0) ->
    ok;
gather(Count) ->
    Some = min(Count, ?GROUP),
    [spawn(?MODULE, member, [0]) ! {item, self()} || _ <- lists:seq(1, Some)],
    program:await_done(Some),
    gather(Count - Some).

member(Handled) ->
    receive
        {item, From} ->
            From ! done,
            member(Handled + 1)
    end.

mark() ->
    io:format("mark~n"),
    io:get_line("").
