-module(fib).
-export([run/2, node/1]).

run(N, _) ->
    Start = program:now_ns(),
    spawn(?MODULE, node, [self()]) ! {request, N},
    Value = receive {response, Result} -> Result end,
    Elapsed = program:now_ns() - Start,
    Right = number(N, 0, 1),
    program:expect("the number", Value, Right),
    {Elapsed, 2 * Right - 1}.

number(1, _, Value) -> Value;
number(N, Before, Value) -> number(N - 1, Value, Before + Value).

node(Parent) ->
    receive
        {request, N} when N =< 2 ->
            Parent ! {response, 1};
        {request, N} ->
            spawn(?MODULE, node, [self()]) ! {request, N - 1},
            spawn(?MODULE, node, [self()]) ! {request, N - 2},
            receive {response, A} ->
                receive {response, B} -> Parent ! {response, A + B} end
            end
    end.
