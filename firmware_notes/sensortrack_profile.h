/* The sensortrack profile, version 1: reference encoder in C99. profile.md is the specification.
 *
 * Header only, no allocation, no library beyond the C standard. It does not touch the radio: it reads the client's
 * commands and fills buffers that the firmware then indicates, notifies or lets be read. MIT licence.
 *
 *     static stk_sensor sensor;
 *     stk_init(&sensor, 1);
 *     ... on a write to Control:  n = stk_control(&sensor, data, length, reply);   indicate reply, n bytes
 *     ... on a read of Info:      stk_info(&sensor, info);                         18 bytes
 *     ... on each sample:         n = stk_sample(&sensor, micros, counts, frame);  if n > 0 notify frame, n bytes
 */
#ifndef SENSORTRACK_PROFILE_H
#define SENSORTRACK_PROFILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define STK_SERVICE_UUID "5e750000-7d5c-4a0e-9f7b-3b1a8c46d2e1"
#define STK_INFO_UUID "5e750001-7d5c-4a0e-9f7b-3b1a8c46d2e1"
#define STK_DATA_UUID "5e750002-7d5c-4a0e-9f7b-3b1a8c46d2e1"
#define STK_CONTROL_UUID "5e750003-7d5c-4a0e-9f7b-3b1a8c46d2e1"

#define STK_VERSION 1u
#define STK_INFO_BYTES 18u
#define STK_REPLY_BYTES 8u
#define STK_HEADER_BYTES 8u
#define STK_FRAME_BYTES 244u /* fits one packet of the link layer at MTU 247 */
#define STK_FLUSH_US 40000u  /* a frame is sent after this long at most */

typedef struct {
    /* what holds; set by stk_control, read by the firmware to set up its sensor */
    uint16_t rate_hz, acc_range_g, gyr_range_dps;
    /* m/s2 and degrees/s of one count: 16 bits over the range, unless the firmware sets what its chip has */
    float acc_scale, gyr_scale;
    uint8_t has_gyroscope;
    uint8_t is_streaming;
    /* largest notification: MTU - 3, STK_FRAME_BYTES at most; set by the firmware when the MTU is known */
    uint16_t largest;
    /* the frame that is being filled */
    uint8_t samples;
    uint16_t sequence;
    uint8_t frame[STK_FRAME_BYTES];
} stk_sensor;

static inline void stk_put_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value & 0xFFu);
    at[1] = (uint8_t)(value >> 8);
}

static inline void stk_put_u32(uint8_t *at, uint32_t value) {
    stk_put_u16(at, (uint16_t)(value & 0xFFFFu));
    stk_put_u16(at + 2, (uint16_t)(value >> 16));
}

/* IEEE 754 single precision, which every microcontroller's float is */
static inline void stk_put_f32(uint8_t *at, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    stk_put_u32(at, bits);
}

static inline uint16_t stk_get_u16(const uint8_t *at) {
    return (uint16_t)(at[0] | (uint16_t)((uint16_t)at[1] << 8));
}

/* Take rate and ranges as they now are, with steps of the range over 16 bits. */
static inline void stk_set(stk_sensor *sensor, uint16_t rate_hz, uint16_t acc_range_g, uint16_t gyr_range_dps) {
    sensor->rate_hz = rate_hz;
    sensor->acc_range_g = acc_range_g;
    sensor->gyr_range_dps = gyr_range_dps;
    sensor->acc_scale = (float)((double)acc_range_g * 9.80665 / 32768.0);
    sensor->gyr_scale = (float)((double)gyr_range_dps / 32768.0);
}

static inline void stk_init(stk_sensor *sensor, uint8_t has_gyroscope) {
    memset(sensor, 0, sizeof *sensor);
    stk_set(sensor, 100, 16, 2000);
    sensor->has_gyroscope = has_gyroscope;
    sensor->largest = STK_FRAME_BYTES;
}

/* The nearest rate of the profile; of two equally near the slower. */
static inline uint16_t stk_nearest_rate(uint16_t wanted_hz) {
    static const uint16_t rates[] = {25, 50, 100, 200, 400};
    uint16_t best = rates[0];
    size_t i;
    for (i = 1; i < sizeof rates / sizeof rates[0]; i++) {
        int32_t to_best = (int32_t)best - (int32_t)wanted_hz, to_this = (int32_t)rates[i] - (int32_t)wanted_hz;
        if ((to_this < 0 ? -to_this : to_this) < (to_best < 0 ? -to_best : to_best)) best = rates[i];
    }
    return best;
}

/* Fill the 18 bytes of Info. */
static inline void stk_info(const stk_sensor *sensor, uint8_t *info) {
    info[0] = STK_VERSION;
    info[1] = (uint8_t)(sensor->has_gyroscope ? 3 : 1);
    stk_put_u16(info + 2, 0);
    stk_put_f32(info + 4, sensor->acc_scale);
    stk_put_f32(info + 8, sensor->gyr_scale);
    stk_put_u16(info + 12, sensor->rate_hz);
    stk_put_u16(info + 14, sensor->acc_range_g);
    stk_put_u16(info + 16, sensor->gyr_range_dps);
}

static inline size_t stk_reply_start(const stk_sensor *sensor, uint8_t *reply) {
    reply[0] = 1;
    reply[1] = 0;
    stk_put_u16(reply + 2, sensor->rate_hz);
    stk_put_u16(reply + 4, sensor->acc_range_g);
    stk_put_u16(reply + 6, sensor->gyr_range_dps);
    return STK_REPLY_BYTES;
}

/* Take a write to Control; fill the reply (up to 8 bytes) and give its length, 0 for an empty write.
 * After a start, `is_streaming` is set. Rate and ranges are then as asked: firmware that has others says so with stk_set
 * (and its scales), and makes the reply again with stk_reply_start. */
static inline size_t stk_control(stk_sensor *sensor, const uint8_t *data, size_t length, uint8_t *reply) {
    if (length == 0) return 0;
    if (data[0] == 1 && length == 7) {
        stk_set(sensor, stk_nearest_rate(stk_get_u16(data + 1)), stk_get_u16(data + 3), stk_get_u16(data + 5));
        sensor->is_streaming = 1;
        sensor->samples = 0;
        return stk_reply_start(sensor, reply);
    }
    if (data[0] == 0) {
        sensor->is_streaming = 0;
        sensor->samples = 0;
    }
    reply[0] = data[0];
    reply[1] = (uint8_t)(data[0] != 0);
    return 2;
}

/* How many samples a frame holds: 40 ms of them, and what fits the notification. */
static inline uint8_t stk_samples_per_frame(const stk_sensor *sensor) {
    uint32_t bytes = sensor->has_gyroscope ? 12u : 6u;
    uint32_t fits = ((uint32_t)sensor->largest - STK_HEADER_BYTES) / bytes;
    uint32_t wanted = ((uint32_t)sensor->rate_hz * STK_FLUSH_US + 500000u) / 1000000u;
    if (wanted < 1u) wanted = 1u;
    return (uint8_t)(wanted < fits ? wanted : fits);
}

/* Add a sample: 3 counts, or 6 with a gyroscope. Gives 0, or the length of a whole frame, copied to `frame`
 * (STK_FRAME_BYTES), which the firmware notifies, or drops when the radio is slow. */
static inline size_t stk_sample(stk_sensor *sensor, uint32_t time_us, const int16_t *counts, uint8_t *frame) {
    size_t axes = sensor->has_gyroscope ? 6u : 3u, axis, length;
    uint8_t *at = sensor->frame + STK_HEADER_BYTES + 2u * axes * sensor->samples;
    if (!sensor->is_streaming) return 0;
    if (sensor->samples == 0) {
        sensor->frame[0] = (uint8_t)(STK_VERSION | (sensor->has_gyroscope ? 0x10u : 0u));
        stk_put_u32(sensor->frame + 4, time_us);
    }
    for (axis = 0; axis < axes; axis++) {
        stk_put_u16(at + 2u * axis, (uint16_t)counts[axis]);
        if (counts[axis] == INT16_MAX || counts[axis] == INT16_MIN) sensor->frame[0] |= 0x80u;
    }
    sensor->samples++;
    if (sensor->samples < stk_samples_per_frame(sensor)) return 0;
    sensor->frame[1] = sensor->samples;
    stk_put_u16(sensor->frame + 2, sensor->sequence);
    length = STK_HEADER_BYTES + 2u * axes * sensor->samples;
    memcpy(frame, sensor->frame, length);
    sensor->sequence = (uint16_t)(sensor->sequence + 1u);
    sensor->samples = 0;
    return length;
}

#endif
