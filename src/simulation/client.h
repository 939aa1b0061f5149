// A client: asks one thing after another, and notes what it was answered.
#pragma once

#include "simulation/history.h"
#include "simulation/server.h"

namespace mere::simulation {

// What an op may be in a scenario: many writes and commits, the rest now and then.
Op random_op(Random& random);

// Asks `server` for the op, as a task or not. Appended to the history with its answer, or without one if the
// power fails meanwhile.
void ask(Machine& machine, Server& server, const version::Repository& repository, History& history, Op op);

}  // namespace mere::simulation
