// Penstock: an embeddable dataflow engine.
//
// A program describes a graph of stages, gives it to an engine, and the engine's workers (threads
// pinned to cores) run it: they call the program's closures over spans of elements and move the
// results through bounded channels. Nothing is dropped unless the graph says so; a full channel
// stops its producer.
//
//     import Penstock
//
//     let engine = try Engine()
//     let graph = Graph("squares")
//     let sums = graph.source(UInt64(0)..<1000)
//         .map { $0 * $0 }
//         .filter { $0 % 2 == 0 }
//         .fold(UInt64(0)) { $0 += $1 }
//         .collect()
//     try graph.run(on: engine)
//     print(sums.elements)  // [166167000]
//
// (Tests/PenstockTests/ExampleTests.swift compiles and runs this.)
//
// Elements are values of any Sendable type. They move from stage to stage; they are copied only
// where a stream feeds several stages. Elements that nobody consumes (of cancelled or failed runs)
// are released exactly once.
//
// Closures run on the engine's threads, never twice at once for one replica of one stage, and what
// an earlier call did is visible to the next. They are compiled into a loop over the span in the
// module that wrote them: a closure that captures nothing is inlined there and vectorises. One that
// captures values costs an indirect call per element; hand the values over with `map(using:)` where
// that matters. Closures may throw; the stage's failure policy says what then happens (see
// `FailurePolicy`).
//
// Streams and sinks are handles of the stage that gives or takes the elements, and the settings
// (`.named("parse")`, `.replicas(4)`, `.blocking()`, …) are those of that stage.
//
// The same workers run actors: private state and a behaviour that handles one message at a time.
// See `Behaviour` for an example, `ActorContext` for what a behaviour can do, and `Engine.spawn`,
// `send` and `ask` for what threads and tasks can.
//
// Mistakes in a description are kept, cairo's way: later calls do nothing, and the first mistake is
// thrown by `validate()`, `start(on:)` or `run(on:)`.
