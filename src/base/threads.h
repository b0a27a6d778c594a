// Threads: one count for the process, a static parallel loop whose result never depends on the count, and the flag that
// Ctrl-C sets.
#pragma once

#include <cstdint>
#include <functional>

namespace lingshu {

int NumThreads();               // default: the cores this process may use
void SetNumThreads(int count);  // 0 restores the default

// Calls body(i) for i in [0, n) from NumThreads() threads; items are handed out one by one. The first exception stops
// the hand-out and is rethrown here. Bodies write to their own slot, so that results do not depend on scheduling.
void ParallelFor(int64_t n, const std::function<void(int64_t)>& body);

// Installs handlers for SIGINT and SIGTERM: the first one sets the flag, the second ends the process at once.
void InstallInterruptHandlers();
bool IsInterrupted();
// Throws Error(kInterrupted) naming what was being done, once the flag is set. Call at safe points of long loops. `is_kept` adds that the
// same command goes on where this one stopped.
void CheckInterrupt(const char* what, bool is_kept = true);

}  // namespace lingshu
