export const forget = () => {};
export const conversation = async () => "";
