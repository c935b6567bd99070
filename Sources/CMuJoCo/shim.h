// MuJoCo's C interface, and wrappers that the real-time path may call.
#pragma once
#if !__has_include(<mujoco/mujoco.h>)
#error "MuJoCo's headers were not found: run tools/setup once, and build with tools/swift build"
#endif
#include <mujoco/mujoco.h>

// MuJoCo works in the arena that mj_makeData allocates: these functions allocate nothing and take no lock, which a
// test counts over 100,000 cycles. The attribute tells the Swift compiler so.
#define STEADYHAND_REALTIME __attribute__((swift_attr("@_noLocks")))

STEADYHAND_REALTIME static inline void steadyhand_mj_step(const mjModel *model, mjData *data) { mj_step(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_step1(const mjModel *model, mjData *data) { mj_step1(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_step2(const mjModel *model, mjData *data) { mj_step2(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_forward(const mjModel *model, mjData *data) { mj_forward(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_resetData(const mjModel *model, mjData *data) { mj_resetData(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_kinematics(const mjModel *model, mjData *data) { mj_kinematics(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_comPos(const mjModel *model, mjData *data) { mj_comPos(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_comVel(const mjModel *model, mjData *data) { mj_comVel(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_crb(const mjModel *model, mjData *data) { mj_crb(model, data); }
STEADYHAND_REALTIME static inline void steadyhand_mj_rne(const mjModel *model, mjData *data, int acceleration, mjtNum *result) {
    mj_rne(model, data, acceleration, result);
}
STEADYHAND_REALTIME static inline void steadyhand_mj_jacSite(const mjModel *model, const mjData *data, mjtNum *position,
                                                            mjtNum *rotation, int site) {
    mj_jacSite(model, data, position, rotation, site);
}
STEADYHAND_REALTIME static inline void steadyhand_mj_fullM(const mjModel *model, const mjData *data, mjtNum *result) {
    mj_fullM(model, data, result);
}
/// How many warnings the simulation has raised since its data were reset: values that are not finite, full contact or
/// constraint buffers, a singular inertia.
STEADYHAND_REALTIME static inline int steadyhand_mj_warnings(const mjData *data) {
    int count = 0;
    for (int kind = 0; kind < mjNWARNING; kind++) count += data->warning[kind].number;
    return count;
}

static inline void steadyhand_mj_ignore(const char *message) { (void)message; }

/// Keeps MuJoCo from writing warnings to the terminal and to a file of its own; the simulated robot counts and reports
/// them. Errors stay loud.
static inline void steadyhand_mj_silence_warnings(void) { mju_user_warning = steadyhand_mj_ignore; }
