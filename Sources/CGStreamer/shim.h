#pragma once
#if !__has_include(<gst/gst.h>)
#error "GStreamer's headers were not found: run tools/setup once, and build with tools/swift build"
#endif
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

// What GStreamer names by macros that Swift does not see.

static inline GstClockTime steadyhand_gst_buffer_time(GstBuffer *buffer) { return GST_BUFFER_PTS(buffer); }
static inline GstClockTime steadyhand_gst_no_time(void) { return GST_CLOCK_TIME_NONE; }
static inline GstMessageType steadyhand_gst_message_type(GstMessage *message) { return GST_MESSAGE_TYPE(message); }
static inline GstAppSink *steadyhand_gst_app_sink(GstElement *element) { return GST_APP_SINK(element); }
static inline GstPipeline *steadyhand_gst_pipeline(GstElement *element) { return GST_PIPELINE(element); }
static inline GstBin *steadyhand_gst_bin(GstElement *element) { return GST_BIN(element); }
/// The default would be to write them to the terminal; what went wrong is told by messages of the pipeline.
static inline void steadyhand_gst_be_quiet(void) { gst_debug_set_default_threshold(GST_LEVEL_NONE); }
